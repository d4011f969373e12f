"""Keeping what there is and seeing how it goes: backups, restoring, what the doctor finds, room on the disk."""
