import { Button, Code, Table, Text, VisuallyHidden } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { components } from "@/api/schema";
import { useKeyActions } from "@/features/storage/key-actions";
import type { Storage } from "@/features/storage/queries";
import { useConfirm } from "@/ui/ConfirmDialog";
import { command } from "@/ui/commands";

type Slot = components["schemas"]["KeySlot"];

/** Every secret that opens the repository. */
export function KeySlots({ storage, mayChange }: { storage: Storage; mayChange: boolean }) {
  const { t } = useTranslation("storage");
  return (
    <Table.ScrollContainer minWidth={0} type="native">
      <Table withTableBorder horizontalSpacing="xs" aria-label={t("keys.slots")}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("keys.kind")}</Table.Th>
            <Table.Th visibleFrom="sm">{t("keys.id")}</Table.Th>
            {mayChange && (
              <Table.Th>
                <VisuallyHidden>{t("keys.actions")}</VisuallyHidden>
              </Table.Th>
            )}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {storage.key_slots.map((slot) => (
            <Table.Tr key={slot.id}>
              <Table.Td>
                {t(`slot.${slot.kind}` as "slot.passphrase")}
                {slot.label !== "" && (
                  <Text size="sm" c="dimmed" style={{ overflowWrap: "anywhere" }}>
                    {slot.label}
                  </Text>
                )}
              </Table.Td>
              <Table.Td visibleFrom="sm" style={{ overflowWrap: "anywhere" }}>
                <Code>{slot.id}</Code>
              </Table.Td>
              {mayChange && (
                <Table.Td ta="right">
                  <RemoveSlot storageId={storage.id} slot={slot} />
                </Table.Td>
              )}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

/** The code has ways of its own, and only the server knows which slot is the appliance's. */
function RemoveSlot({ storageId, slot }: { storageId: string; slot: Slot }) {
  const { t } = useTranslation("storage");
  const confirm = useConfirm();
  const { remove } = useKeyActions(storageId);
  if (slot.kind === "recovery-code") {
    return null;
  }
  const name = slot.label || slot.id;
  return (
    <Button
      size="compact-sm"
      variant="default"
      aria-label={t("keys.removeThis", { name })}
      onClick={() =>
        confirm({
          title: t("keys.removeTitle", { name }),
          text: t("keys.removeText"),
          confirmLabel: t("remove"),
          command: command("key.remove", { storage: storageId, slot: slot.id }),
          danger: true,
          onConfirm: () => remove(slot.id),
        })
      }
    >
      {t("remove")}
    </Button>
  );
}
