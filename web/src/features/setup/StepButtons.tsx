import { Group } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { STEPS, type Step, stepAfter } from "@/features/setup/steps";
import { ButtonLink } from "@/ui/RouteLinks";

interface Props {
  step: Step;
  /** What goes on; left out, a plain link does. */
  children?: ReactNode;
  /** The step may be left out. */
  canSkip?: boolean;
}

/** At the end of a step: back, later, and on. */
export function StepButtons({ step, children, canSkip = false }: Props) {
  const { t } = useTranslation("setup");
  const before = STEPS[STEPS.indexOf(step) - 1];
  return (
    <Group justify="space-between" mt="xl">
      {before === undefined ? (
        <span />
      ) : (
        <ButtonLink variant="default" to="/setup" search={{ step: before }}>
          {t("back")}
        </ButtonLink>
      )}
      <Group gap="xs">
        {canSkip && (
          <ButtonLink variant="subtle" to="/setup" search={{ step: stepAfter(step) }}>
            {t("later")}
          </ButtonLink>
        )}
        {children ?? (
          <ButtonLink to="/setup" search={{ step: stepAfter(step) }}>
            {t("continue")}
          </ButtonLink>
        )}
      </Group>
    </Group>
  );
}
