@echo off
rem Keeps conversations and settings in the folder "data" beside this file. Keys stay in the Windows Credential Locker.
set "JIELI_HOME=%~dp0data"
start "" "%~dp0program\jieli-window.exe" %*
