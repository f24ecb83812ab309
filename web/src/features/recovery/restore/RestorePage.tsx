import { Button, Stack } from "@mantine/core";
import { IconBasketOff } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { BasketSum } from "@/features/recovery/basket/BasketSum";
import { useBasket } from "@/features/recovery/basket/basket";
import { HowStep } from "@/features/recovery/restore/HowStep";
import { useRestorePlace } from "@/features/recovery/restore/place";
import { ReviewStep } from "@/features/recovery/restore/ReviewStep";
import { useSources } from "@/features/recovery/restore/sources";
import { WhereStep } from "@/features/recovery/restore/WhereStep";
import { EmptyState } from "@/ui/EmptyState";
import { ErrorState } from "@/ui/ErrorState";
import { Loading } from "@/ui/Loading";
import { PageHeader } from "@/ui/PageHeader";

/** Where to, how, and what would happen: three steps on one page. */
export function RestorePage() {
  const { t } = useTranslation("recovery");
  const { basket, isLoading, error } = useBasket();
  const { search } = useRestorePlace();
  const { names } = useSources();
  const isEmpty = basket.rows.length === 0;
  return (
    <>
      <PageHeader
        title={t("restore.title")}
        crumbs={[{ label: t("title"), to: "/recovery" }]}
        {...(isEmpty || names === "" ? {} : { description: t("restore.sentence", { names }) })}
      />
      {error !== null && <ErrorState error={error} />}
      {isLoading && <Loading />}
      {!isLoading && error === null && isEmpty && <EmptyBasket />}
      {!isEmpty && (
        <Stack maw={860}>
          <BasketSum />
          <WhereStep />
          {search.where !== "folder" && <HowStep />}
          <ReviewStep />
        </Stack>
      )}
    </>
  );
}

export function EmptyBasket() {
  const { t } = useTranslation("recovery");
  return (
    <EmptyState
      icon={IconBasketOff}
      title={t("basket.empty")}
      text={t("basket.emptyReason")}
      action={
        <Button component={Link} to="/recovery" variant="default">
          {t("title")}
        </Button>
      }
    />
  );
}
