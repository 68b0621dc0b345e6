"""The classification half: variants of an image folder, and how robust a classifier is to them."""
