"""The Decision Night of a round: places in the hall, the door, the run sheet and its timer, the big screen."""
