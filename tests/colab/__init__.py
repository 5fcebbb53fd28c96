"""The contract with Colab: its pins made here, the wheel installed over them, and the course run there."""
