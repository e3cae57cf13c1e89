"""Guard rails: boundaries, SCPs and RCPs from templates and from use, checked and tried before they are attached."""
