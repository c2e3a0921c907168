//! How much to draw.
