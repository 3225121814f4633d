"""What an operator does with dead letters: find them, read them without what people wrote, retry or drop them."""
