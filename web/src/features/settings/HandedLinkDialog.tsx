import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Handed } from "@/features/settings/UsersPage";
import { CopyField } from "@/ui/CopyField";

/** That a link was mailed; or the link itself, to be handed over. */
export function HandedLinkDialog({ handed, onClose }: { handed: Handed; onClose: () => void }) {
  const { t } = useTranslation("settings");
  const isMailed = handed.link === "";
  return (
    <Modal
      opened
      onClose={onClose}
      title={handed.name}
      closeButtonProps={{ "aria-label": t("users.close") }}
    >
      <Stack>
        <Text>{isMailed ? t("users.mailed", { email: handed.email }) : t("users.handOver")}</Text>
        {!isMailed && <CopyField label={t("users.link")} value={handed.link} />}
        <Group justify="flex-end">
          <Button onClick={onClose}>{t("users.close")}</Button>
        </Group>
      </Stack>
    </Modal>
  );
}
