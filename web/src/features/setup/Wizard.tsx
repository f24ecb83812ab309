import { getRouteApi } from "@tanstack/react-router";
import type { ComponentType } from "react";
import { useEvents } from "@/api/events";
import { AddressStep } from "@/features/setup/AddressStep";
import { AppStep } from "@/features/setup/AppStep";
import { ConnectStep } from "@/features/setup/ConnectStep";
import { KeyStep } from "@/features/setup/KeyStep";
import { MailStep } from "@/features/setup/MailStep";
import { ProtectStep } from "@/features/setup/ProtectStep";
import { useFacts } from "@/features/setup/queries";
import { ScheduleStep } from "@/features/setup/ScheduleStep";
import { StartStep } from "@/features/setup/StartStep";
import { StorageStep } from "@/features/setup/StorageStep";
import { doneSteps, type Facts, type Step, stepToShow } from "@/features/setup/steps";
import { WizardHead } from "@/features/setup/WizardHead";
import { ErrorState } from "@/ui/ErrorState";
import { Loading } from "@/ui/Loading";

export interface StepProps {
  facts: Facts;
}

const PAGES: Record<Step, ComponentType<StepProps>> = {
  address: AddressStep,
  storage: StorageStep,
  key: KeyStep,
  app: AppStep,
  connect: ConnectStep,
  protect: ProtectStep,
  schedule: ScheduleStep,
  mail: MailStep,
  start: StartStep,
};

const route = getRouteApi("/plain/setup");

/** The steps after the first administrator is there; each can be left and taken up again. */
export function Wizard() {
  const { step: wanted } = route.useSearch();
  const { facts, error, retry } = useFacts();
  useEvents();
  if (error !== null) {
    return <ErrorState error={error} onRetry={retry} />;
  }
  if (facts === undefined) {
    return <Loading />;
  }
  const done = doneSteps(facts);
  const step = stepToShow(done, wanted);
  const Page = PAGES[step];
  return (
    <>
      <WizardHead step={step} done={done} />
      <Page key={step} facts={facts} />
    </>
  );
}
