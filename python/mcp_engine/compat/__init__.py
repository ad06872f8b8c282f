"""Seams for applications that were written for other packages: each is switched on and off by itself, without an edit of their source."""
