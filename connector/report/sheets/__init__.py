"""Sheets for a spreadsheet program: written for people, read back as rows of text."""
