import { Alert, Button, Group, Radio, Stack, Text } from "@mantine/core";
import { IconFileOff } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import type { Found, RecoveredAnswer, RecoveryFrom } from "@/features/setup/RecoverAppliance";
import { EmptyState } from "@/ui/EmptyState";
import { ErrorState } from "@/ui/ErrorState";
import { Bytes } from "@/ui/figures";
import { When } from "@/ui/When";

interface Props {
  source: RecoveryFrom;
  found: Found;
  onBack: () => void;
  onRecovered: (answer: RecoveredAnswer) => void;
}

/** Which of the self-backups to take; the newest one, as a rule. */
export function SelfBackupChoice({ source, found, onBack, onRecovered }: Props) {
  const { t } = useTranslation("setup");
  const [chosen, setChosen] = useState(found.items[0]?.id ?? "");
  const recover = useMutation({
    mutationFn: () =>
      answer(api.POST("/api/v1/recovery", { body: { ...source, self_backup_id: chosen } })),
    onSuccess: onRecovered,
  });
  const back = (
    <Button variant="default" onClick={onBack}>
      {t("back")}
    </Button>
  );
  if (found.items.length === 0) {
    return (
      <EmptyState
        icon={IconFileOff}
        title={t("recover.none")}
        text={t("recover.noneText")}
        action={back}
      />
    );
  }
  return (
    <Stack>
      <Radio.Group label={t("recover.choose")} value={chosen} onChange={setChosen}>
        <Stack gap="sm" mt="xs">
          {found.items.map((one) => (
            <Radio
              key={one.id}
              value={one.id}
              label={<When time={one.made_at} />}
              description={
                <>
                  {one.appliance} · {one.reason} · {t("recover.version", { version: one.version })}{" "}
                  · <Bytes value={one.size_bytes} />
                </>
              }
            />
          ))}
        </Stack>
      </Radio.Group>
      {found.unreadable > 0 && (
        <Alert color="yellow">{t("recover.unreadable", { count: found.unreadable })}</Alert>
      )}
      <Text size="sm">{t("recover.happens")}</Text>
      {recover.error !== null && <ErrorState error={recover.error} />}
      <Group justify="space-between">
        {back}
        <Button loading={recover.isPending} onClick={() => recover.mutate()}>
          {t("recover.submit")}
        </Button>
      </Group>
    </Stack>
  );
}
