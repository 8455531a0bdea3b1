"""The dummy's backend with mistakes that people make."""
