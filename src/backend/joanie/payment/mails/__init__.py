"""What learners are told by mail: written with what it tells about, sent afterwards, once."""
