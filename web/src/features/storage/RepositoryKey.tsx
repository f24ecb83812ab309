import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { IconCircleCheck, IconKey } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { asProblem } from "@/api/problem";
import type { components } from "@/api/schema";
import { AdoptForm } from "@/features/storage/AdoptForm";
import { ConfirmGroups } from "@/features/storage/ConfirmGroups";
import { ConfirmWhole } from "@/features/storage/ConfirmWhole";
import { type NewCode, useKeyActions } from "@/features/storage/key-actions";
import { NewCodePanel } from "@/features/storage/NewCodePanel";
import { CliHint } from "@/ui/CliHint";
import { ErrorState } from "@/ui/ErrorState";

type Storage = components["schemas"]["StorageAnswer"];

interface Props {
  storage: Storage;
  /** The recovery code is proved to be kept. */
  onConfirmed: () => void;
}

/** The repository's key: made, taken over, and the recovery code proved to be on paper. */
export function RepositoryKey({ storage, onConfirmed }: Props) {
  const { t } = useTranslation("storage");
  const [made, setMade] = useState<NewCode | null>(null);
  const confirmed = () => {
    setMade(null);
    onConfirmed();
  };
  if (made !== null) {
    return <NewCodePanel made={made} onConfirmed={confirmed} />;
  }
  if (storage.recovery_code === "confirmed") {
    return (
      <Alert color="green" variant="light" icon={<IconCircleCheck />} title={t("key.confirmed")}>
        {t("key.confirmedBy", { name: storage.recovery_code_confirmed_by })}
      </Alert>
    );
  }
  const given = { storage, onMade: setMade, onConfirmed: confirmed };
  return storage.repository === null ? <MakeKey {...given} /> : <ProveCode {...given} />;
}

type PartProps = Props & { onMade: (made: NewCode) => void };

function MakeKey({ storage, onMade, onConfirmed }: PartProps) {
  const { t } = useTranslation("storage");
  const { create } = useKeyActions(storage.id);
  const make = useMutation({ mutationFn: create, onSuccess: onMade });
  const isThere = make.error !== null && asProblem(make.error).code === "repository_exists";
  return (
    <Stack>
      <Text>{t("key.what")}</Text>
      <Alert color="yellow" icon={<IconKey />} title={t("key.lostTitle")}>
        {t("key.lostText")}
      </Alert>
      {isThere ? (
        <AdoptForm storageId={storage.id} onAdopted={onConfirmed} />
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
  );
}

/** The code was shown before, or elsewhere: it is proved now, or another one is made. */
function ProveCode({ storage, onMade, onConfirmed }: PartProps) {
  const { t } = useTranslation("storage");
  const groups = storage.groups_to_type;
  return (
    <Stack>
      <Alert color="yellow" icon={<IconKey />} title={t("key.unproved")}>
        {t("key.unprovedText")}
      </Alert>
      {groups.length > 0 ? (
        <ConfirmGroups storageId={storage.id} groups={groups} onConfirmed={onConfirmed} />
      ) : (
        <ConfirmWhole storageId={storage.id} onConfirmed={onConfirmed} />
      )}
      <RenewCode storageId={storage.id} onMade={onMade} />
    </Stack>
  );
}

function RenewCode({ storageId, onMade }: { storageId: string; onMade: (made: NewCode) => void }) {
  const { t } = useTranslation("storage");
  const { renew } = useKeyActions(storageId);
  const again = useMutation({ mutationFn: renew, onSuccess: onMade });
  return (
    <>
      {again.error !== null && <ErrorState error={again.error} />}
      <Group>
        <Button variant="default" loading={again.isPending} onClick={() => again.mutate()}>
          {t("key.renew")}
        </Button>
      </Group>
    </>
  );
}
