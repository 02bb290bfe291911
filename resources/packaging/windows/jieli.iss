; Inno Setup 6. Called by windows.py with /DVersion, /DSource and /DName.
#ifndef Version
  #error "Build with: python dev.py package"
#endif

[Setup]
; Never to change: it is how an update finds the installed program.
AppId={{6E0F3B0E-58C5-4C0C-9A5C-7B0C1D1F5A11}
AppName=Jieli 接力
AppVersion={#Version}
AppPublisher=The Jieli authors
AppPublisherURL=https://github.com/jieli-chat/jieli
DefaultDirName={autopf}\Jieli
DefaultGroupName=Jieli
DisableProgramGroupPage=yes
DisableDirPage=auto
PrivilegesRequired=lowest
PrivilegesRequiredOverridesAllowed=dialog
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
MinVersion=10.0.17763
OutputBaseFilename={#Name}
SetupIconFile=jieli.ico
UninstallDisplayIcon={app}\jieli-window.exe
Compression=lzma2/max
SolidCompression=yes
WizardStyle=modern
CloseApplications=yes
ShowLanguageDialog=auto

[Languages]
Name: "en"; MessagesFile: "compiler:Default.isl"
Name: "zh"; MessagesFile: "compiler:Default.isl"

[LangOptions]
zh.LanguageName=简体中文
zh.LanguageID=$0804

[CustomMessages]
en.DesktopIcon=Put an icon on the desktop
zh.DesktopIcon=在桌面上放一个图标
en.Start=Start Jieli
zh.Start=启动接力
en.DataStays=Your conversations and settings stay in %1. Delete that folder if you do not want them any more.
zh.DataStays=对话和设置仍保存在 %1。不再需要时可以删除这个文件夹。

[Tasks]
Name: "desktop"; Description: "{cm:DesktopIcon}"; Flags: unchecked

[InstallDelete]
; Libraries of the version before must not lie among the new ones.
Type: filesandordirs; Name: "{app}\_internal"

[Files]
Source: "{#Source}\*"; DestDir: "{app}"; Flags: recursesubdirs ignoreversion

[Icons]
Name: "{group}\Jieli 接力"; Filename: "{app}\jieli-window.exe"; AppUserModelID: "jieli"
Name: "{autodesktop}\Jieli 接力"; Filename: "{app}\jieli-window.exe"; AppUserModelID: "jieli"; Tasks: desktop

[Run]
Filename: "{app}\jieli-window.exe"; Description: "{cm:Start}"; Flags: nowait postinstall skipifsilent

[Code]
procedure CurUninstallStepChanged(Step: TUninstallStep);
begin
  if (Step = usPostUninstall) and not UninstallSilent then
    MsgBox(FmtMessage(CustomMessage('DataStays'), [ExpandConstant('{localappdata}\jieli')]), mbInformation, MB_OK);
end;
