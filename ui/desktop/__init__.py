"""What ties the window to the desktop round it: place, tray, hotkey, notifications, quick ask."""
