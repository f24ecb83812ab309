import { Button, Center, Image, PinInput, Stack, Text } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import { keys } from "@/api/keys";
import { sessionQuery } from "@/api/me";
import { sessionStore } from "@/api/session-store";
import { CopyField } from "@/ui/CopyField";
import { ErrorState } from "@/ui/ErrorState";
import { Loading } from "@/ui/Loading";
import { SecretOnce } from "@/ui/SecretOnce";

const DIGITS = 6;

/** An authenticator app is set up: photographed, proved with a code, and the way back kept. */
export function SecondFactorSetup({ onDone }: { onDone: () => void }) {
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  return codes === null ? (
    <ScanAndProve onEnabled={setCodes} />
  ) : (
    <KeepCodes codes={codes} onDone={onDone} />
  );
}

function ScanAndProve({ onEnabled }: { onEnabled: (codes: string[]) => void }) {
  const { t } = useTranslation("session");
  const queries = useQueryClient();
  const labelId = useId();
  const [code, setCode] = useState("");
  const [error, setError] = useState<unknown>(null);
  const [isSending, setIsSending] = useState(false);
  const begun = useQuery({
    queryKey: [keys.me, "second-factor"],
    queryFn: () => answer(api.POST("/api/v1/me/second-factor")),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    refetchOnWindowFocus: false,
  });
  if (begun.error !== null) {
    return <ErrorState error={begun.error} onRetry={() => void begun.refetch()} />;
  }
  if (begun.data === undefined) {
    return <Loading rows={3} />;
  }
  const enable = async () => {
    setIsSending(true);
    setError(null);
    try {
      const made = await answer(
        api.POST("/api/v1/me/second-factor/confirmation", { body: { code } }),
      );
      sessionStore.setCsrfToken(made.session.csrf_token);
      queries.setQueryData(sessionQuery.queryKey, made.session);
      onEnabled(made.recovery_codes);
    } catch (problem) {
      setCode("");
      setError(problem);
    } finally {
      setIsSending(false);
    }
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void enable();
      }}
    >
      <Stack>
        <Text size="sm">{t("factor.scan")}</Text>
        <Center bg="white" p="sm">
          <Image
            src={`data:image/svg+xml;utf8,${encodeURIComponent(begun.data.qr_svg)}`}
            alt={t("factor.picture")}
            w={200}
            h={200}
          />
        </Center>
        <CopyField label={t("factor.typed")} value={begun.data.text_code} />
        <Text size="sm" id={labelId}>
          {t("factor.code")}
        </Text>
        <PinInput
          length={DIGITS}
          type="number"
          oneTimeCode
          value={code}
          onChange={setCode}
          aria-labelledby={labelId}
          getInputProps={(place) => ({
            "aria-label": t("factor.digit", { place: place + 1, count: DIGITS }),
          })}
        />
        {error !== null && <ErrorState error={error} />}
        <Button type="submit" loading={isSending} disabled={code.length < DIGITS}>
          {t("factor.submit")}
        </Button>
      </Stack>
    </form>
  );
}

/** The codes that replace a lost phone, shown this once. */
export function KeepCodes({ codes, onDone }: { codes: readonly string[]; onDone: () => void }) {
  const { t } = useTranslation("session");
  const [isKept, setIsKept] = useState(false);
  return (
    <Stack>
      <Text size="sm">{t("factor.codesText")}</Text>
      <SecretOnce
        label={t("factor.codes")}
        value={codes.join("\n")}
        isKept={isKept}
        onKept={setIsKept}
      />
      <Button disabled={!isKept} onClick={onDone}>
        {t("factor.done")}
      </Button>
    </Stack>
  );
}
