"""Where the frozen program begins."""

import sys

from app.__main__ import main

APP_ID = "jieli"
"""As the shortcuts of the Windows installer say (`windows/jieli.iss`): one button on the taskbar for both."""

if __name__ == "__main__":
    if sys.platform == "win32":
        import ctypes

        ctypes.windll.shell32.SetCurrentProcessExplicitAppUserModelID(APP_ID)
    sys.exit(main())
