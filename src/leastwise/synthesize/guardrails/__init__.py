"""Guard rails: boundaries, SCPs and RCPs from templates and from use, checked, placed and tried before they are attached."""
