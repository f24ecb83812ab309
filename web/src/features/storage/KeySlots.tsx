import { Code, Table } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Storage } from "@/features/storage/queries";

/** Every secret that opens the repository. */
export function KeySlots({ storage }: { storage: Storage }) {
  const { t } = useTranslation("storage");
  if (storage.key_slots.length === 0) {
    return null;
  }
  return (
    <Table withTableBorder aria-label={t("keys.slots")}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t("keys.kind")}</Table.Th>
          <Table.Th>{t("keys.label")}</Table.Th>
          <Table.Th>{t("keys.id")}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {storage.key_slots.map((slot) => (
          <Table.Tr key={slot.id}>
            <Table.Td>{t(`slot.${slot.kind}` as "slot.passphrase")}</Table.Td>
            <Table.Td>{slot.label || "–"}</Table.Td>
            <Table.Td style={{ overflowWrap: "anywhere" }}>
              <Code>{slot.id}</Code>
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
