import { Anchor, Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import type { Download } from "@/features/recovery/queries";
import { CliHint } from "@/ui/CliHint";
import { CopyField } from "@/ui/CopyField";
import { ErrorState } from "@/ui/ErrorState";
import { When } from "@/ui/When";

interface Props {
  download: Download;
  onClose: () => void;
}

/** Makes a new link; the one before, such as that in the mail, works no more. */
export function LinkDialog({ download, onClose }: Props) {
  const { t } = useTranslation("recovery");
  const { t: ui } = useTranslation("ui");
  const made = useMutation({
    mutationFn: () =>
      answer(
        api.POST("/api/v1/exports/{download_id}/link", {
          params: { path: { download_id: download.id } },
        }),
      ),
  });
  return (
    <Modal
      opened
      onClose={onClose}
      title={t("link.title")}
      size="lg"
      closeButtonProps={{ "aria-label": ui("close") }}
    >
      <Stack>
        {made.data === undefined ? (
          <>
            <Text>{t("link.text")}</Text>
            {made.isError && <ErrorState error={made.error} />}
            <Group justify="flex-end">
              <CliHint command={`dropally download link ${download.id}`} />
              <Button variant="default" onClick={onClose}>
                {ui("cancel")}
              </Button>
              <Button loading={made.isPending} onClick={() => made.mutate()}>
                {t("link.make")}
              </Button>
            </Group>
          </>
        ) : (
          <>
            <CopyField label={t("link.title")} value={made.data.link} />
            <Text size="sm">
              {t("link.until")} <When time={made.data.expires} />. {t("link.whoever")}
            </Text>
            <Anchor href={`/download#${made.data.token}`} target="_blank" rel="noopener">
              {t("link.open")}
            </Anchor>
          </>
        )}
      </Stack>
    </Modal>
  );
}
