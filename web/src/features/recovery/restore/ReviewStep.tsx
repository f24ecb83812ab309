import { Button, Group, Stack, Text } from "@mantine/core";
import { IconListCheck, IconRestore } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import { useBasket } from "@/features/recovery/basket/basket";
import { ExportStart } from "@/features/recovery/restore/ExportStart";
import { PlanFigures } from "@/features/recovery/restore/PlanFigures";
import { useRestorePlace } from "@/features/recovery/restore/place";
import { RestoreHint } from "@/features/recovery/restore/RestoreHint";
import { Step } from "@/features/recovery/restore/Step";
import { startOf, wishOf } from "@/features/recovery/restore/wish";
import { ErrorState } from "@/ui/ErrorState";

/** Step 3: what would happen, and the button that makes it happen. */
export function ReviewStep() {
  const { t } = useTranslation("recovery");
  const isExport = useRestorePlace().search.where === "folder";
  return (
    <Step number={isExport ? 2 : 3} title={t("review.title")}>
      {isExport ? <ExportStart /> : <Review />}
    </Step>
  );
}

function Review() {
  const { t } = useTranslation("recovery");
  const { search } = useRestorePlace();
  const navigate = useNavigate();
  const { basket, clear } = useBasket();
  const wish = wishOf(basket.id, search);
  const plan = useMutation({
    mutationFn: () => answer(api.POST("/api/v1/restores/plan", { body: wish })),
  });
  const start = useMutation({
    mutationFn: (planId: string) =>
      answer(
        api.POST("/api/v1/restores", {
          params: { header: { "Idempotency-Key": planId } },
          body: startOf(planId),
        }),
      ),
    onSuccess: async (job) => {
      await clear.mutateAsync(basket.id);
      await navigate({ to: "/jobs/$jobId", params: { jobId: job.id } });
    },
  });
  useForgottenPlan(JSON.stringify(wish), plan.reset);
  const needsTarget = search.where === "elsewhere" && search.target === undefined;
  return (
    <Stack>
      <Text size="sm" c="dimmed">
        {t("review.text")}
      </Text>
      {plan.data === undefined && (
        <Group>
          <Button
            leftSection={<IconListCheck size={18} aria-hidden />}
            loading={plan.isPending}
            disabled={needsTarget}
            onClick={() => plan.mutate()}
          >
            {t("review.check")}
          </Button>
          {needsTarget && <Text size="sm">{t("review.needsTarget")}</Text>}
        </Group>
      )}
      {plan.isError && <ErrorState error={plan.error} />}
      {plan.data !== undefined && (
        <>
          <PlanFigures plan={plan.data} />
          {start.isError && <ErrorState error={start.error} />}
          <Group>
            <Button
              leftSection={<IconRestore size={18} aria-hidden />}
              loading={start.isPending}
              onClick={() => plan.data !== undefined && start.mutate(plan.data.plan_id)}
            >
              {t("review.start")}
            </Button>
            <RestoreHint />
          </Group>
        </>
      )}
    </Stack>
  );
}

/** A plan counts for what was chosen when it was made: another choice makes it forgotten. */
function useForgottenPlan(chosen: string, forget: () => void): void {
  const planned = useRef(chosen);
  useEffect(() => {
    if (planned.current !== chosen) {
      planned.current = chosen;
      forget();
    }
  }, [chosen, forget]);
}
