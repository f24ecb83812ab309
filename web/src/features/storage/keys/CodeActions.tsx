import { Button, Group, Stack } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconPrinter } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { type NewCode, useKeyActions } from "@/features/storage/key-actions";
import { KitDialog } from "@/features/storage/keys/KitDialog";
import { CliHint } from "@/ui/CliHint";
import { useConfirm } from "@/ui/ConfirmDialog";
import { command } from "@/ui/commands";

interface Props {
  storageId: string;
  onMade: (made: NewCode) => void;
}

/** The recovery kit once more, and another code where the old one may have been seen. */
export function CodeActions({ storageId, onMade }: Props) {
  const { t } = useTranslation("storage");
  const confirm = useConfirm();
  const { renew } = useKeyActions(storageId);
  const [isOpen, kit] = useDisclosure(false);
  const again = () =>
    confirm({
      title: t("key.renewTitle"),
      text: t("key.renewText"),
      confirmLabel: t("key.renew"),
      command: command("key.renew", { storage: storageId }),
      danger: true,
      onConfirm: async () => onMade(await renew()),
    });
  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <Button variant="default" leftSection={<IconPrinter size={18} />} onClick={kit.open}>
          {t("kit.again")}
        </Button>
        <CliHint command={`dropally key kit ${storageId} --out kit.pdf`} />
      </Group>
      <Group justify="space-between">
        <Button variant="default" onClick={again}>
          {t("key.renew")}
        </Button>
        <CliHint command={`dropally key renew ${storageId}`} />
      </Group>
      {isOpen && <KitDialog storageId={storageId} onClose={kit.close} />}
    </Stack>
  );
}
