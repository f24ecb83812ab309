import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { IconCircleCheck, IconKey } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { asProblem } from "@/api/problem";
import type { components } from "@/api/schema";
import { StepButtons } from "@/features/setup/StepButtons";
import { ownStorage } from "@/features/setup/steps";
import { useGoOn } from "@/features/setup/use-go-on";
import type { StepProps } from "@/features/setup/Wizard";
import { AdoptForm } from "@/features/storage/AdoptForm";
import { ConfirmGroups } from "@/features/storage/ConfirmGroups";
import { ConfirmWhole } from "@/features/storage/ConfirmWhole";
import { type NewCode, useKeyActions } from "@/features/storage/key-actions";
import { NewCodePanel } from "@/features/storage/NewCodePanel";
import { CliHint } from "@/ui/CliHint";
import { EmptyState } from "@/ui/EmptyState";
import { ErrorState } from "@/ui/ErrorState";

type Storage = components["schemas"]["StorageAnswer"];

/** The repository's key, and the paper that opens it when everything else is lost. */
export function KeyStep({ facts }: StepProps) {
  const { t } = useTranslation("setup");
  const [made, setMade] = useState<NewCode | null>(null);
  const storage = ownStorage(facts);
  const goOn = useGoOn("key");
  if (storage === undefined) {
    return <EmptyState icon={IconKey} title={t("key.noStorage")} text={t("key.noStorageText")} />;
  }
  if (made !== null) {
    return <NewCodePanel made={made} onConfirmed={() => void goOn()} />;
  }
  if (storage.recovery_code === "confirmed") {
    return <Confirmed storage={storage} />;
  }
  return storage.repository === null ? (
    <MakeKey storage={storage} onMade={setMade} />
  ) : (
    <ProveCode storage={storage} onMade={setMade} />
  );
}

function Confirmed({ storage }: { storage: Storage }) {
  const { t } = useTranslation("setup");
  return (
    <>
      <Alert color="green" variant="light" icon={<IconCircleCheck />} title={t("key.confirmed")}>
        {t("key.confirmedBy", { name: storage.recovery_code_confirmed_by })}
      </Alert>
      <StepButtons step="key" />
    </>
  );
}

interface Props {
  storage: Storage;
  onMade: (made: NewCode) => void;
}

function MakeKey({ storage, onMade }: Props) {
  const { t } = useTranslation("setup");
  const { create } = useKeyActions(storage.id);
  const goOn = useGoOn("key");
  const make = useMutation({ mutationFn: create, onSuccess: onMade });
  const isThere = make.error !== null && asProblem(make.error).code === "repository_exists";
  return (
    <>
      <Stack>
        <Text>{t("key.what")}</Text>
        <Alert color="yellow" icon={<IconKey />} title={t("key.lostTitle")}>
          {t("key.lostText")}
        </Alert>
        {isThere ? (
          <AdoptForm storageId={storage.id} onAdopted={() => void goOn()} />
        ) : (
          <>
            {make.error !== null && <ErrorState error={make.error} onRetry={() => make.mutate()} />}
            <Group justify="space-between">
              <Button
                leftSection={<IconKey size={18} />}
                loading={make.isPending}
                onClick={() => make.mutate()}
              >
                {t("key.make")}
              </Button>
              <CliHint command={`dropally storage create-repository ${storage.id}`} />
            </Group>
          </>
        )}
      </Stack>
      <StepButtons step="key">
        <span />
      </StepButtons>
    </>
  );
}

/** The code was shown before, or elsewhere: it is proved now, or another one is made. */
function ProveCode({ storage, onMade }: Props) {
  const { t } = useTranslation("setup");
  const { renew } = useKeyActions(storage.id);
  const goOn = useGoOn("key");
  const again = useMutation({ mutationFn: renew, onSuccess: onMade });
  return (
    <>
      <Stack>
        <Alert color="yellow" icon={<IconKey />} title={t("key.unproved")}>
          {t("key.unprovedText")}
        </Alert>
        {storage.groups_to_type.length > 0 ? (
          <ConfirmGroups
            storageId={storage.id}
            groups={storage.groups_to_type}
            onConfirmed={() => void goOn()}
          />
        ) : (
          <ConfirmWhole storageId={storage.id} onConfirmed={() => void goOn()} />
        )}
        {again.error !== null && <ErrorState error={again.error} />}
        <Group>
          <Button variant="default" loading={again.isPending} onClick={() => again.mutate()}>
            {t("key.renew")}
          </Button>
        </Group>
      </Stack>
      <StepButtons step="key">
        <span />
      </StepButtons>
    </>
  );
}
