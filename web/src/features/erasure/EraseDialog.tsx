import { Modal, Stack } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { keys } from "@/api/keys";
import { EraseForm } from "@/features/erasure/EraseForm";
import { ErasureStarted } from "@/features/erasure/ErasureStarted";
import { askForErasure, type Wish, type WouldErase } from "@/features/erasure/queries";
import { WhatGoes } from "@/features/erasure/WhatGoes";
import { isUnfinished, useJob } from "@/features/storage/storage-jobs";
import { ErrorState } from "@/ui/ErrorState";
import { Loading } from "@/ui/Loading";

export interface Erasable {
  entityId: string;
  /** As it is to be typed, and as commands name it. */
  entityName: string;
  /** The item, as trees and as people write it. */
  path: string;
  shown: string;
}

interface Props {
  item: Erasable;
  onClose: (wasAsked: boolean) => void;
}

/** First what would go, then why, and the name of whom it concerns. */
export function EraseDialog({ item, onClose }: Props) {
  const { t } = useTranslation("erasure");
  const queries = useQueryClient();
  const target: Wish = {
    paths: [item.path],
    item_ids: [],
    exclude: true,
    dry_run: true,
    reason: "",
    confirm: "",
  };
  const look = useMutation({ mutationFn: () => askForErasure(item.entityId, target) });
  const erase = useMutation({
    mutationFn: (wish: Partial<Wish>) =>
      askForErasure(item.entityId, { ...target, ...wish, dry_run: false }),
    onSuccess: () => queries.invalidateQueries({ queryKey: [keys.jobs] }),
  });
  const isAsked = useRef(false);
  useEffect(() => {
    if (!isAsked.current) {
      isAsked.current = true;
      look.mutate();
    }
  }, [look]);
  const job = useJob(look.data?.id);
  const isLooking = look.isPending || job === undefined || isUnfinished(job);
  const found = job?.result as unknown as WouldErase | undefined;
  return (
    <Modal
      opened
      onClose={() => onClose(erase.data !== undefined)}
      size="lg"
      title={t("title", { name: item.shown })}
      closeButtonProps={{ "aria-label": t("close") }}
    >
      {erase.data !== undefined ? (
        <ErasureStarted jobId={erase.data.id} />
      ) : (
        <Stack>
          {look.error !== null && <ErrorState error={look.error} onRetry={() => look.mutate()} />}
          {look.error === null && isLooking && <Loading rows={3} />}
          {!isLooking && job.error !== "" && <ErrorState error={new Error(job.error)} />}
          {!isLooking && job.error === "" && found !== undefined && (
            <>
              <WhatGoes found={found} />
              {found.held_by.length === 0 && found.points > 0 && (
                <EraseForm item={item} onErase={erase.mutateAsync} />
              )}
            </>
          )}
        </Stack>
      )}
    </Modal>
  );
}
