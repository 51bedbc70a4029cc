"""Steps, schedules, callbacks and checkpoints of training."""
