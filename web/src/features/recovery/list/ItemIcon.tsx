import {
  IconCloud,
  IconFile,
  IconFileAlert,
  IconFolderFilled,
  IconFolderSymlink,
  IconLink,
} from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

interface Props {
  kind: string;
  isMount?: boolean;
}

/** What sort of item it is, for the eye and for the ear. */
export function ItemIcon({ kind, isMount = false }: Props) {
  const { t } = useTranslation("recovery");
  const [Icon, name] = lookOf(kind, isMount);
  return (
    <Icon
      size={18}
      stroke={1.5}
      role="img"
      aria-label={t(`kind.${name}`)}
      color="var(--mantine-color-dimmed)"
      style={{ flex: "none" }}
    />
  );
}

function lookOf(kind: string, isMount: boolean) {
  switch (kind) {
    case "folder":
      return isMount
        ? ([IconFolderSymlink, "mount"] as const)
        : ([IconFolderFilled, "folder"] as const);
    case "cloud_file":
      return [IconCloud, "cloud_file"] as const;
    case "symlink":
      return [IconLink, "symlink"] as const;
    case "failed":
      return [IconFileAlert, "failed"] as const;
    default:
      return [IconFile, "file"] as const;
  }
}
