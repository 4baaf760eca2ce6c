"""Names of accounts: how much one looks or sounds like another; pure, reads only its own tables."""
