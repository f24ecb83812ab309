import { Stack, Table } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { components } from "@/api/schema";
import type { Storage } from "@/features/storage/queries";
import { RoomBar } from "@/features/storage/RoomBar";
import { Bytes, Count } from "@/ui/figures";

interface Props {
  storage: Storage;
  use: components["schemas"]["StorageUse"];
}

/** What the repository holds, by its index. */
export function UsedSpace({ storage, use }: Props) {
  const { t } = useTranslation("storage");
  const rows: (readonly [string, ReactNode])[] = [
    [t("stored"), <Bytes key="stored" value={use.stored_bytes} />],
    [t("packs"), <Count key="packs" value={use.packs} />],
    [t("space.condemned"), <Count key="condemned" value={use.condemned_packs} />],
  ];
  return (
    <Stack gap="sm">
      <Table variant="vertical" withTableBorder layout="fixed">
        <Table.Tbody>
          {rows.map(([title, value]) => (
            <Table.Tr key={title}>
              <Table.Th w="35%">{title}</Table.Th>
              <Table.Td>{value}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <RoomBar storage={storage} />
    </Stack>
  );
}
