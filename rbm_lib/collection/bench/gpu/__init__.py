"""The dense engine on a GPU, beside the processor: `make bench-gpu`."""
