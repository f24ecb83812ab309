import { Group, Text } from "@mantine/core";
import { IconFolder, IconFolders, IconUser } from "@tabler/icons-react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Entity } from "@/features/tasks/queries";
import type { Column } from "@/ui/DataTable";
import { Bytes, Count } from "@/ui/figures";
import { StatusWord } from "@/ui/StatusWord";
import { When } from "@/ui/When";

const ICONS: Record<string, typeof IconUser> = {
  member: IconUser,
  "team folder": IconFolders,
};

export function useEntityColumns(): Column<Entity>[] {
  const { t } = useTranslation("tasks");
  return useMemo(
    () => [
      {
        id: "name",
        header: t("column.name"),
        sortBy: "name",
        width: "minmax(200px, 3fr)",
        cell: (row) => <EntityName entity={row} />,
      },
      {
        id: "status",
        header: t("column.status"),
        width: "minmax(140px, 1.4fr)",
        cell: (row) => <StatusWord kind="entity" status={row.status} />,
      },
      {
        id: "first",
        header: t("column.first"),
        width: "130px",
        hideOnPhone: true,
        cell: (row) => <When time={row.first_backup} relative />,
      },
      {
        id: "last",
        header: t("column.last"),
        sortBy: "last_backup",
        width: "130px",
        cell: (row) => <When time={row.last_backup} relative />,
      },
      {
        id: "items",
        header: t("column.items"),
        width: "90px",
        align: "end",
        hideOnPhone: true,
        cell: (row) => <Count value={row.files} />,
      },
      {
        id: "size",
        header: t("column.size"),
        sortBy: "size",
        width: "100px",
        align: "end",
        cell: (row) => <Bytes value={row.bytes} />,
      },
    ],
    [t],
  );
}

function EntityName({ entity }: { entity: Entity }) {
  const Icon = ICONS[entity.kind] ?? IconFolder;
  return (
    <Group gap={8} wrap="nowrap" component="span" miw={0} maw="100%">
      <Icon size={18} stroke={1.5} aria-hidden style={{ flex: "none" }} />
      <Text span inherit truncate miw={0} title={entity.email || entity.name}>
        {entity.name}
        {entity.email !== "" && entity.email !== entity.name && (
          <Text span inherit c="dimmed">
            {" "}
            {entity.email}
          </Text>
        )}
      </Text>
    </Group>
  );
}
