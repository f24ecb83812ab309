import { Alert, Button, Divider, Group, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconFileText, IconPrinter } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ConfirmGroups } from "@/features/storage/ConfirmGroups";
import { type NewCode, useKeyActions } from "@/features/storage/key-actions";
import { ErrorState } from "@/ui/ErrorState";
import { SecretOnce } from "@/ui/SecretOnce";

interface Props {
  made: NewCode;
  onConfirmed: () => void;
}

/** A recovery code that was just made: shown, kept as a kit, and proved to be kept. */
export function NewCodePanel({ made, onConfirmed }: Props) {
  const { t } = useTranslation("storage");
  const [isKept, setIsKept] = useState(false);
  return (
    <Stack>
      <SecretOnce
        label={t("key.code")}
        value={made.recovery_code}
        isKept={isKept}
        onKept={setIsKept}
      />
      {made.warning !== "" && (
        <Alert color="yellow" icon={<IconAlertTriangle />}>
          {made.warning}
        </Alert>
      )}
      <KitButtons made={made} />
      {isKept && (
        <>
          <Divider />
          <ConfirmGroups
            storageId={made.storage_id}
            groups={made.groups_to_type}
            onConfirmed={onConfirmed}
          />
        </>
      )}
    </Stack>
  );
}

function KitButtons({ made }: { made: NewCode }) {
  const { t } = useTranslation("storage");
  const { saveKit } = useKeyActions(made.storage_id);
  const save = useMutation({
    mutationFn: (format: "pdf" | "text") => saveKit(made.recovery_code, format),
  });
  return (
    <Stack gap="xs">
      <Text size="sm">{t("key.kitText")}</Text>
      <Group gap="xs">
        <Button
          leftSection={<IconPrinter size={18} />}
          loading={save.isPending && save.variables === "pdf"}
          onClick={() => save.mutate("pdf")}
        >
          {t("key.kitPdf")}
        </Button>
        <Button
          variant="default"
          leftSection={<IconFileText size={18} />}
          loading={save.isPending && save.variables === "text"}
          onClick={() => save.mutate("text")}
        >
          {t("key.kitText.file")}
        </Button>
      </Group>
      {save.error !== null && <ErrorState error={save.error} />}
    </Stack>
  );
}
