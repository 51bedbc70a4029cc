"""Where each random number stands in Philox's output: the constants of every implementation of `rbm_lib.draws`."""

MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)  # of Philox, for the first and the third word of a block
KEY_INCREMENTS = (0x9E3779B9, 0xBB67AE85)  # of Philox, added to the key from round to round
LANE = 64  # places in a row that take the same word of their blocks
CHUNK = 4 * LANE  # a block gives four words

HIDDEN, VISIBLE = 0, 1  # layers
TRAINING, PREDICTION = 0, 1  # purposes
NOT_STARTED = 255  # in place of a hidden state, 0 or 1: a persistent chain that still has to start at the data
