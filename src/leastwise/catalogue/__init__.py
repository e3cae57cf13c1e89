"""What AWS says exists: services, actions, resource types, condition keys, and what one call needs."""
