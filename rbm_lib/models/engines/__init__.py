"""The engines that compute a mini-batch: by matrix products, or rating by rating."""
