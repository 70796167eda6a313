"""The books: accounts of each pot, entries that balance, and the law that no shilling breaks."""
