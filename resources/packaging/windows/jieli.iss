; Inno Setup 6.3 or newer. Called by windows.py with /DVersion, /DSource and /DName.
#ifndef Version
  #error "Build with: python dev.py package"
#endif

[Setup]
; Never to change: it is how an update finds the installed program.
AppId={{6E0F3B0E-58C5-4C0C-9A5C-7B0C1D1F5A11}
AppName=Jieli 接力
AppVersion={#Version}
VersionInfoVersion={#Version}
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
; Official from Inno Setup 7.0.2 on; before, our own words for the pages that this installer shows.
#if FileExists(AddBackslash(CompilerPath) + "Languages\ChineseSimplified.isl")
Name: "zh"; MessagesFile: "compiler:Languages\ChineseSimplified.isl"
#else
Name: "zh"; MessagesFile: "compiler:Default.isl,zh.isl"
#endif

[CustomMessages]
en.DesktopIcon=Put an icon on the desktop
zh.DesktopIcon=在桌面上放一个图标
en.Start=Start Jieli
zh.Start=启动接力
en.DataStays=Your conversations stay in %1, settings in %2, keys in the Windows Credential Locker. Delete these folders if you do not want them any more.
zh.DataStays=对话仍保存在 %1，设置在 %2，Key 在 Windows 凭据管理器里。不再需要时可以删除这两个文件夹。

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
    MsgBox(FmtMessage(CustomMessage('DataStays'), [ExpandConstant('{localappdata}\Jieli'), ExpandConstant('{userappdata}\Jieli')]), mbInformation, MB_OK);
end;
