import { IconApps, IconFolderShare, IconFolders, IconUser } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { kindKey } from "@/features/recovery/start/kinds";

const ICONS = {
  member: IconUser,
  team_folder: IconFolders,
  shared_folder: IconFolderShare,
  app_folder: IconApps,
} as const;

/** A person or a folder, for the eye and for the ear. */
export function EntityIcon({ kind }: { kind: string }) {
  const { t } = useTranslation("recovery");
  const key = kindKey(kind);
  const Icon = ICONS[key];
  const name = t(`entityKind.${key}`);
  return (
    <Icon size={18} stroke={1.5} role="img" aria-label={name} style={{ flex: "none" }}>
      <title>{name}</title>
    </Icon>
  );
}
