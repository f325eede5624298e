"""What an engineer does in the first hour, with ncclient."""
import time
import unittest

from ncclient.operations import RPCError
from ncclient.xml_ import to_ele

import house
from house import NS

STATUS = "/fs:femto-security/fs:status"


def xpath(expression):
    return ("xpath", (NS, expression))


class Netconf(house.House):
    def test_session_schema_and_status(self):
        with self.connect("engineer") as m:
            capabilities = set(m.server_capabilities)
            for wanted in ("urn:ietf:params:netconf:base:1.1",
                           "urn:ietf:params:netconf:capability:writable-running:1.0",
                           "urn:ietf:params:netconf:capability:candidate:1.0",
                           "urn:ietf:params:netconf:capability:confirmed-commit:1.1",
                           "urn:ietf:params:netconf:capability:rollback-on-error:1.0",
                           "urn:ietf:params:netconf:capability:validate:1.1",
                           "urn:ietf:params:netconf:capability:xpath:1.0",
                           "urn:ietf:params:netconf:capability:notification:1.0",
                           "urn:ietf:params:netconf:capability:interleave:1.0"):
                self.assertIn(wanted, capabilities)
            schema = m.get_schema("femto-security").data
            self.assertIn("module femto-security {", schema)
            reply = house.wait_for("a status of seven categories", lambda: self.categories_of(m, 7))
            self.assertEqual(len(reply), 7)

    def categories_of(self, m, count):
        data = m.get(filter=xpath(STATUS)).data
        found = data.findall(".//{%s}category" % NS["fs"])
        return found if len(found) == count else None

    def test_a_change_of_the_period_is_there_at_once_and_after_a_restart(self):
        edit = """<config xmlns="%(nc)s"><femto-security xmlns="%(fs)s"><collection><category>
            <type xmlns:t="urn:femtowatch:yang:femto-security-types">t:open-ports</type>
            <mode>periodic on-change</mode><period>17</period>
            </category></collection></femto-security></config>""" % NS
        with self.connect() as m:
            m.edit_config(target="running", config=edit)
            self.assertEqual(self.period(m), "17")
        self.assertEqual(self.agent.stop(), 0)
        self.daemons.remove(self.agent)
        self.start_agent()
        with self.connect() as m:
            self.assertEqual(self.period(m), "17")

    def test_a_commit_that_nobody_confirms_is_undone_also_by_a_power_cut(self):
        edit = """<config xmlns="%(nc)s"><femto-security xmlns="%(fs)s"><collection>
            <heartbeat-interval>{}</heartbeat-interval></collection></femto-security></config>""" % NS
        with self.connect() as m:
            with m.locked("candidate"):
                m.edit_config(target="candidate", config=edit.format(61))
                m.commit()
            self.assertEqual(self.heartbeat(m), "61")
            m.edit_config(target="candidate", config=edit.format(62))
            m.commit(confirmed=True, timeout="600", persist="mine")
            self.assertEqual(self.heartbeat(m), "62")
        self.agent.stop(kill=True)
        self.daemons.remove(self.agent)
        self.start_agent()
        with self.connect() as m:
            self.assertEqual(self.heartbeat(m), "61")
            m.edit_config(target="candidate", config=edit.format(63))
            m.commit(confirmed=True, timeout="3")
            self.assertEqual(self.heartbeat(m), "63")
            house.wait_for("the value of before", lambda: self.heartbeat(m) == "61")

    def heartbeat(self, m):
        reply = m.get_config(source="running", filter=xpath("/fs:femto-security"))
        return reply.data.findtext(".//{%(fs)s}heartbeat-interval" % NS)

    def period(self, m):
        reply = m.get_config(source="running", filter=xpath("/fs:femto-security"),
                             with_defaults="report-all")
        found = [c for c in reply.data.iter("{%s}category" % NS["fs"])
                 if c.findtext("{%s}type" % NS["fs"]).endswith("open-ports")]
        self.assertEqual(found[0].findtext("{%s}sync-on-start" % NS["fs"]), "true")
        return found[0].findtext("{%s}period" % NS["fs"])

    def test_a_port_that_opens_is_reported_within_two_seconds(self):
        with self.connect() as m:
            m.create_subscription(stream_name="femto-security")
            self.read_once()
            opened = time.monotonic()
            socket, port = house.listener()
            with socket:
                while True:
                    left = opened + 2.0 - time.monotonic()
                    self.assertGreater(left, 0, f"no security-change of port {port} within 2 s")
                    got = m.take_notification(timeout=left)
                    if got and "security-change" in got.notification_xml \
                            and f"<local-port>{port}</local-port>" in got.notification_xml:
                        break

    def test_a_port_that_opens_is_pushed_to_a_subscriber_of_the_datastore(self):
        establish = """<establish-subscription xmlns="%(sn)s" xmlns:yp="%(yp)s">
            <yp:datastore xmlns:ds="urn:ietf:params:xml:ns:yang:ietf-datastores">ds:operational</yp:datastore>
            <yp:datastore-xpath-filter xmlns:fs="%(fs)s">/fs:femto-security/fs:inventory/fs:open-ports
            </yp:datastore-xpath-filter>
            <yp:on-change/></establish-subscription>""" % dict(
                NS, sn="urn:ietf:params:xml:ns:yang:ietf-subscribed-notifications",
                yp="urn:ietf:params:xml:ns:yang:ietf-yang-push")
        with self.connect() as m:
            self.read_once()
            reply = m.dispatch(to_ele(establish))
            self.assertIn(">1</id>", str(reply))
            self.assertIn("push-update", m.take_notification(timeout=5).notification_xml)
            socket, port = house.listener()
            with socket:
                end = time.monotonic() + 5
                while time.monotonic() < end:
                    got = m.take_notification(timeout=5)
                    if got and "push-change-update" in got.notification_xml \
                            and f"<local-port>{port}</local-port>" in got.notification_xml:
                        return
            self.fail(f"port {port} is not pushed")

    def collected(self, m, category="open-ports"):
        data = m.get(filter=xpath(STATUS + "/fs:category")).data
        return any(c.findtext("{%s}type" % NS["fs"]).endswith(category)
                   and c.findtext("{%s}status" % NS["fs"]).endswith(("collected", "partial"))
                   and not c.findtext("{%s}status" % NS["fs"]).endswith("not-collected")
                   for c in data.iter("{%s}category" % NS["fs"]))

    def test_collect_now_and_resend(self):
        with self.connect() as m:
            m.create_subscription(stream_name="femto-security")
            house.wait_for("collection of ports", lambda: self.collected(m), 30)
            header = m.dispatch(to_ele("""<collect-now xmlns="%(fs)s">
                <category xmlns:t="urn:femtowatch:yang:femto-security-types">t:open-ports</category>
                <nonce>AAECAwQFBgc=</nonce></collect-now>""" % NS))
            epoch = self.text(header, "epoch")
            number = int(self.text(header, "sequence-number"))
            seen = self.until(m, lambda x: "<nonce>AAECAwQFBgc=</nonce>" in x)
            self.assertIn("<trigger>requested</trigger>", seen)
            m.dispatch(to_ele(f"""<resend-reports xmlns="{NS['fs']}"><epoch>{epoch}</epoch>
                <from-sequence>{number}</from-sequence><to-sequence>{number}</to-sequence>
                </resend-reports>"""))
            self.until(m, lambda x: f"<sequence-number>{number}</sequence-number>" in x)

    @staticmethod
    def text(reply, leaf):
        element = to_ele(reply.xml) if hasattr(reply, "xml") else reply
        return next(element.iter("{%s}%s" % (NS["fs"], leaf))).text

    def until(self, m, check, seconds=20):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            got = m.take_notification(timeout=max(0.1, end - time.monotonic()))
            if got and check(got.notification_xml):
                return got.notification_xml
        raise AssertionError("the notification did not come")


class Access(house.House):
    def inventory(self, m):
        return m.get(filter=xpath("/fs:femto-security/fs:inventory")).data

    def test_groups(self):
        with self.connect("manager") as m:
            house.wait_for("an inventory", lambda: len(self.inventory(m)) > 0, 60)
        with self.connect("engineer") as m:
            self.assertGreater(len(self.inventory(m)), 0)
            self.denied(m)
        with self.connect("watcher") as m:
            self.assertEqual(len(self.inventory(m)), 0)
            self.assertGreater(len(m.get(filter=xpath(STATUS)).data), 0)
            self.denied(m)
        with self.connect("stranger") as m:
            with self.assertRaises(RPCError) as refused:
                m.get(filter=xpath(STATUS))
            self.assertEqual(refused.exception.tag, "access-denied")

    def denied(self, m):
        with self.assertRaises(RPCError) as refused:
            m.edit_config(target="running", config="""<config xmlns="%(nc)s">
                <femto-security xmlns="%(fs)s"><collection><enabled>false</enabled></collection>
                </femto-security></config>""" % NS)
        self.assertEqual(refused.exception.tag, "access-denied")

    def test_secrets_are_in_no_reply(self):
        with self.connect("manager") as m:
            house.wait_for("an inventory", lambda: len(self.inventory(m)) > 0, 60)
            everything = m.get().data_xml + m.get_config(source="running").data_xml
        for mark in ("$6$", "$y$", "$1$", "PRIVATE KEY"):
            self.assertNotIn(mark, everything)


if __name__ == "__main__":
    unittest.main(verbosity=2)
