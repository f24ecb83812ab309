import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { lazy, Suspense, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { queryClient } from "@/api/query-client";
import { cspNonce } from "@/app/nonce";
import { router } from "@/app/router";
import { cssVariables, withCloseLabel } from "@/app/theme";
import { ConfirmProvider } from "@/ui/ConfirmDialog";

// Not needed for the first page to be seen.
const ReauthDialog = lazy(async () => ({
  default: (await import("@/features/session/ReauthDialog")).ReauthDialog,
}));

/** Everything that surrounds all pages. */
export function App() {
  const { t } = useTranslation("app");
  const labelled = useMemo(() => withCloseLabel(t("close")), [t]);
  return (
    <MantineProvider
      theme={labelled}
      cssVariablesResolver={cssVariables}
      defaultColorScheme="auto"
      getStyleNonce={() => cspNonce}
    >
      <QueryClientProvider client={queryClient}>
        <ConfirmProvider>
          <Notifications position="top-center" />
          <Suspense>
            <ReauthDialog />
          </Suspense>
          <RouterProvider router={router} context={{ queryClient }} />
        </ConfirmProvider>
      </QueryClientProvider>
    </MantineProvider>
  );
}
