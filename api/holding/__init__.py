"""What a member holds: her badges on profiles and in wallets, what she shows of herself, and her way in."""
