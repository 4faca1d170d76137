"""One module per step; each states which one it follows."""
