"""All requests at once: whether policies grant what others do not, with a request that shows it or a proof."""
