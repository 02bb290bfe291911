"""The window: Qt widgets, models, delegates and the bridge between asyncio and Qt."""
