"""boto3 against an EC2 endpoint: 25 calls, their answers and error codes:  python3 scenario.py URL   (TAP)

A web server with two interfaces and two Elastic IPs is built up, used wrongly, and taken down again."""
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

ec2 = boto3.client("ec2", endpoint_url=sys.argv[1], region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b",
                   config=Config(retries={"total_max_attempts": 1}, read_timeout=20))
number = failed = 0


def call(name, expect=None, **arguments):
    """The answer; `expect`: the error code, or a function that says whether the answer is right."""
    global number, failed
    number += 1
    operation = getattr(ec2, "".join("_" + letter.lower() if letter.isupper() else letter for letter in name).lstrip("_"))
    answer, seen = {}, "ok"
    try:
        answer = operation(**arguments)
        good = expect is None or callable(expect) and expect(answer)
        del answer["ResponseMetadata"]
        seen = "ok" if good else str(answer)
    except ClientError as error:
        seen = error.response["Error"]["Code"]
        good = seen == expect
    failed += not good
    wanted = expect if isinstance(expect, str) else "ok"
    print(f"{'ok' if good else 'not ok'} {number} - {name}: {wanted}" + ("" if good else f"\n# found {seen}"), flush=True)
    return answer


zone = call("DescribeAvailabilityZones", lambda a: len(a["AvailabilityZones"]) > 0)["AvailabilityZones"][0]["ZoneName"]
vpc = call("CreateVpc", lambda a: a["Vpc"]["CidrBlock"] == "10.20.0.0/16", CidrBlock="10.20.0.0/16")["Vpc"]["VpcId"]
subnet = call("CreateSubnet", lambda a: a["Subnet"]["AvailabilityZone"] == zone, VpcId=vpc, CidrBlock="10.20.1.0/24",
              AvailabilityZone=zone)["Subnet"]["SubnetId"]
call("CreateSubnet", "InvalidSubnet.Conflict", VpcId=vpc, CidrBlock="10.20.1.0/25", AvailabilityZone=zone)
group = call("CreateSecurityGroup", lambda a: a["GroupId"].startswith("sg-"), GroupName="web", Description="web", VpcId=vpc)["GroupId"]
gateway = call("CreateInternetGateway")["InternetGateway"]["InternetGatewayId"]
instance = call("RunInstances", lambda a: a["Instances"][0]["State"]["Name"] == "pending", ImageId="ami-0123456789abcdef0",
                InstanceType="t3.micro", MinCount=1, MaxCount=1, SubnetId=subnet)["Instances"][0]["InstanceId"]
call("DescribeInstances", lambda a: a["Reservations"][0]["Instances"][0]["State"]["Name"] == "running", InstanceIds=[instance])
interface = call("CreateNetworkInterface", lambda a: a["NetworkInterface"]["PrivateIpAddress"] == "10.20.1.10", SubnetId=subnet,
                 PrivateIpAddress="10.20.1.10", Groups=[group])["NetworkInterface"]["NetworkInterfaceId"]
call("CreateNetworkInterface", "InvalidIPAddress.InUse", SubnetId=subnet, PrivateIpAddress="10.20.1.10")
call("DescribeNetworkInterfaces", lambda a: a["NetworkInterfaces"][0]["Status"] == "available" and
     a["NetworkInterfaces"][0]["Groups"][0]["GroupId"] == group, NetworkInterfaceIds=[interface])
attachment = call("AttachNetworkInterface", lambda a: a["AttachmentId"].startswith("eni-attach-"), NetworkInterfaceId=interface,
                  InstanceId=instance, DeviceIndex=1)["AttachmentId"]
call("DeleteNetworkInterface", "InvalidParameterValue", NetworkInterfaceId=interface)
call("AssignPrivateIpAddresses", lambda a: a["AssignedPrivateIpAddresses"][0]["PrivateIpAddress"] == "10.20.1.11",
     NetworkInterfaceId=interface, PrivateIpAddresses=["10.20.1.11"])
call("AssignPrivateIpAddresses", "PrivateIpAddressLimitExceeded", NetworkInterfaceId=interface, PrivateIpAddresses=["10.20.1.12"])
address = call("AllocateAddress", lambda a: a["Domain"] == "vpc" and "PublicIp" in a, Domain="vpc")["AllocationId"]
call("AssociateAddress", "Gateway.NotAttached", AllocationId=address, NetworkInterfaceId=interface)
call("AttachInternetGateway", InternetGatewayId=gateway, VpcId=vpc)
association = call("AssociateAddress", lambda a: a["AssociationId"].startswith("eipassoc-"), AllocationId=address,
                   NetworkInterfaceId=interface, PrivateIpAddress="10.20.1.11")["AssociationId"]
call("ReleaseAddress", "InvalidIPAddress.InUse", AllocationId=address)
call("DescribeAddresses", lambda a: a["Addresses"][0]["PrivateIpAddress"] == "10.20.1.11" and
     a["Addresses"][0]["AssociationId"] == association, AllocationIds=[address])
call("DisassociateAddress", AssociationId=association)
call("ReleaseAddress", AllocationId=address)
call("DetachNetworkInterface", AttachmentId=attachment)
call("DeleteNetworkInterface", NetworkInterfaceId=interface)
call("DescribeNetworkInterfaces", "InvalidNetworkInterfaceID.NotFound", NetworkInterfaceIds=[interface])
call("TerminateInstances", lambda a: a["TerminatingInstances"][0]["InstanceId"] == instance, InstanceIds=[instance])
call("DeleteSubnet", SubnetId=subnet)
call("DetachInternetGateway", InternetGatewayId=gateway, VpcId=vpc)
call("DeleteInternetGateway", InternetGatewayId=gateway)
call("DeleteSecurityGroup", GroupId=group)
call("DeleteVpc", VpcId=vpc)
call("DescribeVpcs", "InvalidVpcID.NotFound", VpcIds=[vpc])
print(f"1..{number}")
sys.exit(failed > 0)
