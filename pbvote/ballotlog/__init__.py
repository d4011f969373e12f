"""The ballot log: a Merkle tree for each vote, its signed checkpoints, and the witnesses who countersign them."""
