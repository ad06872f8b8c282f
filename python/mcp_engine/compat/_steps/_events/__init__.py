"""Parts of the step ``events``."""
