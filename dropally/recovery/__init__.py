"""Finding what was backed up and bringing it back: points, trees, baskets, restores, downloads."""
