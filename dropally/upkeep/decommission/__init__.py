"""Taking the appliance out of service: seven days to think again, then keys and backups go."""
