"""What a simulated team starts with: the sample team, a real folder, or a virtual tree."""
