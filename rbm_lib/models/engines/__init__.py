"""How a mini-batch is computed: as matrix products, or rating by rating."""
