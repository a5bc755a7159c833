"""Models: encode, classify, train, save, export."""
